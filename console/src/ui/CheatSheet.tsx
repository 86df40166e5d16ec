import { Dialog } from "./Dialog";
import { useText } from "./i18n";
import { keyBindings } from "./keys";

/** Every key, straight from the registry. */
export function CheatSheet({ onClose }: { onClose: () => void }) {
  const text = useText();
  return (
    <Dialog title={text("key.title")} onClose={onClose}>
      <dl className="keys">
        {keyBindings.map((binding) => (
          <div key={binding.command}>
            <dt>
              {binding.shown.split(" ").map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{text(binding.label, binding.params)}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
