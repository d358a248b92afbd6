// Mute and solo of each channel, beside its waveform; for media with one channel there is nothing to choose.

import { useEditor } from "./context";
import { iconLook } from "./icon";

export function ChannelButtons() {
  const { controller } = useEditor();
  const { channels } = controller;
  if (channels.channels.value.length < 2) return null;
  const turn = (channel: number, change: { muted?: boolean; solo?: boolean }) => {
    const refused = channels.set(channel, change);
    if (refused) controller.say(refused);
  };
  return (
    <fieldset class="avseg-channels" aria-label="Channels">
      {channels.channels.value.map(({ muted, solo }, channel) => {
        const number = channel + 1;
        return (
          <div key={number} class="avseg-channel">
            <span aria-hidden="true">{number}</span>
            <button
              type="button"
              aria-label={`Mute channel ${number}`}
              title={`Mute channel ${number}`}
              aria-pressed={muted}
              class="avseg-icon-before"
              style={iconLook("muted")}
              onClick={() => turn(channel, { muted: !muted })}
            />
            <button
              type="button"
              aria-label={`Solo channel ${number}`}
              title={`Solo channel ${number}: hear it alone`}
              aria-pressed={solo}
              class="avseg-icon-before"
              style={iconLook("solo")}
              onClick={() => turn(channel, { solo: !solo })}
            />
          </div>
        );
      })}
    </fieldset>
  );
}
