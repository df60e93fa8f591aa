// Unpacks the WebAssembly: an LZMA decoder after the specification in the LZMA SDK (lzma-specification.txt). Browsers
// inflate by themselves, but a page packed that way would be a quarter larger.

function unlzma(input) {
  const lc = input[0] % 9;
  const lp = Math.floor(input[0] / 9) % 5;
  const pb = Math.floor(input[0] / 45);
  const view = new DataView(input.buffer, input.byteOffset);
  // The size is written as 64 bits, of which a page needs 32.
  const output = new Uint8Array(view.getUint32(5, true));

  // The range decoder: its range and its code, of 32 bits without a sign. As variables they would be floating-point
  // numbers, and half as fast.
  const coder = new Uint32Array([0xffffffff, view.getUint32(14)]);
  let at = 18;

  function normalize() {
    if (coder[0] < 0x1000000) {
      coder[0] <<= 8;
      coder[1] = (coder[1] << 8) | input[at++];
    }
  }

  function bit(probabilities, index) {
    const probability = probabilities[index];
    const bound = (coder[0] >>> 11) * probability;
    if (coder[1] < bound) {
      coder[0] = bound;
      probabilities[index] = probability + ((2048 - probability) >>> 5);
      normalize();
      return 0;
    }
    coder[0] -= bound;
    coder[1] -= bound;
    probabilities[index] = probability - (probability >>> 5);
    normalize();
    return 1;
  }

  function direct(count) {
    let value = 0;
    for (; count > 0; count--) {
      coder[0] >>>= 1;
      const one = coder[1] >= coder[0] ? 1 : 0;
      if (one) coder[1] -= coder[0];
      normalize();
      value = value * 2 + one;
    }
    return value;
  }
  const fresh = (size) => new Uint16Array(size).fill(1024);

  /** A number of so many bits, the highest first. */
  function tree(probabilities, offset, bits) {
    let node = 1;
    for (let i = 0; i < bits; i++) node = node * 2 + bit(probabilities, offset + node);
    return node - (1 << bits);
  }

  /** The same, the lowest first. */
  function reverseTree(probabilities, offset, bits) {
    let node = 1;
    let value = 0;
    for (let i = 0; i < bits; i++) {
      const one = bit(probabilities, offset + node);
      node = node * 2 + one;
      value |= one << i;
    }
    return value;
  }

  const lengths = () => ({ choice: fresh(2), low: fresh(16 * 8), middle: fresh(16 * 8), high: fresh(256) });

  function length(decoder, position) {
    if (!bit(decoder.choice, 0)) return 2 + tree(decoder.low, position * 8, 3);
    if (!bit(decoder.choice, 1)) return 10 + tree(decoder.middle, position * 8, 3);
    return 18 + tree(decoder.high, 0, 8);
  }

  const literals = fresh(0x300 << (lc + lp));
  const isMatch = fresh(12 * 16);
  const isRepeat = fresh(12);
  const isRepeat0 = fresh(12);
  const isRepeat1 = fresh(12);
  const isRepeat2 = fresh(12);
  const isRepeat0Long = fresh(12 * 16);
  const slots = fresh(4 * 64);
  const distances = fresh(128);
  const align = fresh(16);
  const matchLengths = lengths();
  const repeatLengths = lengths();

  function distance(size) {
    const slot = tree(slots, Math.min(size - 2, 3) * 64, 6);
    if (slot < 4) return slot;
    const bits = (slot >>> 1) - 1;
    const base = (2 | (slot & 1)) * 2 ** bits;
    if (slot < 14) return base + reverseTree(distances, base - slot, bits);
    return base + direct(bits - 4) * 16 + reverseTree(align, 0, 4);
  }

  let state = 0;
  const last = [0, 0, 0, 0];
  let written = 0;

  function literal() {
    const before = written ? output[written - 1] : 0;
    const offset = 0x300 * (((written & ((1 << lp) - 1)) << lc) + (before >>> (8 - lc)));
    let symbol = 1;
    if (state >= 7) {
      let matched = output[written - last[0] - 1];
      while (symbol < 0x100) {
        const expected = (matched >>> 7) & 1;
        matched <<= 1;
        const one = bit(literals, offset + ((1 + expected) << 8) + symbol);
        symbol = symbol * 2 + one;
        if (one !== expected) break;
      }
    }
    while (symbol < 0x100) symbol = symbol * 2 + bit(literals, offset + symbol);
    output[written++] = symbol & 0xff;
    state = state < 4 ? 0 : state < 10 ? state - 3 : state - 6;
  }

  while (written < output.length) {
    const position = written & ((1 << pb) - 1);
    if (!bit(isMatch, state * 16 + position)) {
      literal();
      continue;
    }
    let size;
    if (bit(isRepeat, state)) {
      if (!bit(isRepeat0, state)) {
        if (!bit(isRepeat0Long, state * 16 + position)) {
          state = state < 7 ? 9 : 11;
          output[written] = output[written - last[0] - 1];
          written++;
          continue;
        }
      } else {
        const which = !bit(isRepeat1, state) ? 1 : !bit(isRepeat2, state) ? 2 : 3;
        last.unshift(...last.splice(which, 1));
      }
      size = length(repeatLengths, position);
      state = state < 7 ? 8 : 11;
    } else {
      size = length(matchLengths, position);
      state = state < 7 ? 7 : 10;
      last.unshift(distance(size));
      last.pop();
    }
    const back = last[0] + 1;
    if (back > written) throw new Error("the packed program is damaged");
    for (; size > 0 && written < output.length; size--, written++) output[written] = output[written - back];
  }
  return output;

}
