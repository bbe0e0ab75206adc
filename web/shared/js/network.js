/** Calls `changed` when the phone comes back online or goes from one kind of network to another. @returns {() => void} stops it */
export function watchNetwork(changed) {
  const network = navigator.connection;
  let kind = network && network.type;
  const typeChanged = () => {
    if (network.type === kind) return;
    kind = network.type;
    if (kind !== "none") changed();
  };
  window.addEventListener("online", changed);
  if (network && network.addEventListener) network.addEventListener("change", typeChanged);
  return () => {
    window.removeEventListener("online", changed);
    if (network && network.removeEventListener) network.removeEventListener("change", typeChanged);
  };
}
