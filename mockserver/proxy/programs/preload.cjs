// Leads the hosts of ColdSend to the mock in Node.js, whose fetch and https read no proxy in most versions.
// Node.js runs this file before the program; settings.json beside it says what leads where.
"use strict";
const { hosts, tls_port: port, block_others: blocks } = require("./settings.json");
const net = require("net");
const tls = require("tls");

const isLed = (host) => hosts.includes(String(host ?? "").toLowerCase().replace(/\.$/, ""));
const isLocal = (host) =>
  !/[.:]/.test(host) || /^(127|10)\.|^192\.168\.|^172\.(1[6-9]|2\d|3[01])\.|^(::1|f[cd].*)$|\.localhost$/.test(host);

const connectTls = tls.connect;
tls.connect = function (...given) {
  const [options, ...others] = typeof given[0] === "object" ? given : normalize(given);
  if (options.socket || !isLed(options.host)) return connectTls.apply(this, given);
  return connectTls.call(this, { ...options, host: "127.0.0.1", port, servername: options.host }, ...others);
};

// tls.connect(port[, host][, options][, callback])
function normalize(given) {
  const [number, ...others] = given;
  const host = typeof others[0] === "string" ? others.shift() : undefined;
  const options = typeof others[0] === "object" ? others.shift() : {};
  return [{ ...options, port: number, host }, ...others];
}

if (blocks) {
  const connect = net.Socket.prototype.connect;
  net.Socket.prototype.connect = function (...given) {
    const [first, second] = Array.isArray(given[0]) ? given[0] : given;
    const host = typeof first === "object" ? first?.host : typeof second === "string" ? second : undefined;
    if (host && !isLocal(host)) {
      const error = new Error(`coldsend-mock run --block-others lets nobody reach ${host}`);
      process.nextTick(() => this.destroy(error));
      return this;
    }
    return connect.apply(this, given);
  };
}
