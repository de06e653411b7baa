/** Preloaded into a command under test: whatever it fetches from elsewhere fails, as on a machine without a network. */
const { fetch } = globalThis;

globalThis.fetch = (input, init) => {
  const { hostname } = new URL(input instanceof Request ? input.url : input);
  if (hostname === "127.0.0.1") return fetch(input, init);
  return Promise.reject(new TypeError("fetch failed", { cause: new Error("no network in this test") }));
};
