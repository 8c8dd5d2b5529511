// Finds the number that the server drew: SHA-256(salt + number) is the challenge. Found by trying them all, away from
// the page, which stays quick. crypto.subtle would need https, and is slower to call than such a short text to hash.

const primes = [];
for (let n = 2; primes.length < 64; n++) if (primes.every((prime) => n % prime)) primes.push(n);
const fraction = (x) => ((x % 1) * 2 ** 32) | 0;
const ROUNDS = Int32Array.from(primes, (prime) => fraction(Math.cbrt(prime)));
const START = Int32Array.from(primes.slice(0, 8), (prime) => fraction(Math.sqrt(prime)));
const turn = (word, bits) => (word >>> bits) | (word << (32 - bits));
const words = new Int32Array(64);

// `state` becomes the hash of the padded bytes, eight words.
const hash = (view, state) => {
  state.set(START);
  for (let at = 0; at < view.byteLength; at += 64) {
    let [a, b, c, d, e, f, g, h] = state;
    for (let i = 0; i < 64; i++) {
      if (i < 16) words[i] = view.getInt32(at + 4 * i);
      else {
        const x = words[i - 15], y = words[i - 2];
        words[i] = words[i - 16] + words[i - 7] + (turn(x, 7) ^ turn(x, 18) ^ (x >>> 3)) + (turn(y, 17) ^ turn(y, 19) ^ (y >>> 10));
      }
      const one = (h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + ROUNDS[i] + words[i]) | 0;
      const two = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g; g = f; f = e; e = (d + one) | 0; d = c; c = b; b = a; a = (one + two) | 0;
    }
    state[0] += a; state[1] += b; state[2] += c; state[3] += d; state[4] += e; state[5] += f; state[6] += g; state[7] += h;
  }
};

const find = ({ challenge, salt, maxNumber }) => {
  const wanted = Int32Array.from(challenge.match(/.{8}/g), (word) => parseInt(word, 16));
  const state = new Int32Array(8), encoder = new TextEncoder();
  const start = encoder.encode(salt);
  for (let number = 0, bytes, view, length; number <= maxNumber; number++) {
    const digits = String(number);
    if (start.length + digits.length !== length) {
      length = start.length + digits.length;
      bytes = new Uint8Array(((length + 72) >> 6) << 6);
      bytes.set(start);
      bytes[length] = 0x80;
      view = new DataView(bytes.buffer);
      view.setUint32(bytes.length - 4, length * 8);
    }
    for (let i = 0; i < digits.length; i++) bytes[start.length + i] = digits.charCodeAt(i);
    hash(view, state);
    if (state[0] === wanted[0] && state.every((word, i) => word === wanted[i])) return number;
  }
  return null;
};

onmessage = ({ data }) => postMessage(find(data));
