// Thumbnails where there is no kernel: a second video element, out of sight, goes from place to place. Knows no editor.

const HEIGHT = 64;

/** Makes what gives pictures at times in seconds, null where it is damaged; the video is loaded with the first of them. */
export function videoThumbnails(url: string): (times: readonly number[]) => Promise<readonly (ImageBitmap | null)[]> {
  let loaded: Promise<HTMLVideoElement> | undefined;
  return async (times) => {
    const pictures: (ImageBitmap | null)[] = [];
    for (const time of times) {
      loaded ??= load(url);
      const video = await loaded;
      try {
        video.currentTime = time;
        await event(video, "seeked");
        pictures.push(await pictureOf(video));
      } catch {
        // It plays nothing more.
        loaded = undefined;
        pictures.push(null);
      }
    }
    return pictures;
  };
}

function pictureOf(video: HTMLVideoElement): Promise<ImageBitmap> {
  const resizeWidth = Math.max(1, Math.round((HEIGHT * video.videoWidth) / video.videoHeight));
  return createImageBitmap(video, { resizeWidth, resizeHeight: HEIGHT });
}

async function load(url: string): Promise<HTMLVideoElement> {
  const video = document.createElement("video");
  video.muted = true;
  video.preload = "auto";
  video.src = url;
  await event(video, "loadeddata");
  if (!video.videoHeight) throw new Error("this browser shows no picture of it");
  return video;
}

function event(video: HTMLVideoElement, name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const listening = new AbortController();
    const { signal } = listening;
    const end = (act: () => void) => () => {
      listening.abort();
      act();
    };
    video.addEventListener(name, end(resolve), { signal });
    const failed = () => reject(new Error("the video can't be loaded a second time"));
    video.addEventListener("error", end(failed), { signal });
  });
}
