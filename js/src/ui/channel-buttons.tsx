// Mute and solo of each channel, beside its waveform; for media with one channel there is nothing to choose.
// With several recordings side by side, each channel bears the name of its own.

import { useEditor } from "./context";
import { iconLook } from "./icon";

export function ChannelButtons() {
  const { controller } = useEditor();
  const { channels } = controller;
  const names = controller.session.info.channel_names;
  if (channels.channels.value.length < 2) return null;
  const turn = (channel: number, change: { muted?: boolean; solo?: boolean }) => {
    const refused = channels.set(channel, change);
    if (refused) controller.say(refused);
  };
  return (
    <fieldset class="avseg-channels" aria-label="Channels">
      {channels.channels.value.map(({ muted, solo }, channel) => {
        const number = channel + 1;
        const name = names[channel] ? `channel ${number}, ${names[channel]}` : `channel ${number}`;
        return (
          <div key={number} class="avseg-channel" title={names[channel]}>
            <span aria-hidden="true">{number}</span>
            <button
              type="button"
              aria-label={`Mute ${name}`}
              title={`Mute ${name}`}
              aria-pressed={muted}
              class="avseg-icon-before"
              style={iconLook("muted")}
              onClick={() => turn(channel, { muted: !muted })}
            />
            <button
              type="button"
              aria-label={`Solo ${name}`}
              title={`Solo ${name}: hear it alone`}
              aria-pressed={solo}
              class="avseg-icon-before"
              style={iconLook("solo")}
              onClick={() => turn(channel, { solo: !solo })}
            />
            {names[channel] ? (
              <span class="avseg-channel-name" aria-hidden="true">
                {names[channel]}
              </span>
            ) : null}
          </div>
        );
      })}
    </fieldset>
  );
}
