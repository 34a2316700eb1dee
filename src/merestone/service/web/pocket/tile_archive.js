// @ts-check
// Reads tiles from an archive of vector tiles that is wholly in memory (PMTiles 3), as src/merestone/exchange/formats/base_maps/clipping.py
// writes it: directories and tiles packed by gzip.

const HEADER_BYTES = 127;
const DIRECTORIES_DEEP = 4;

/** Entries of a directory, ascending. A run of 0: tiles from there on stand in a directory below. @typedef {{ids: Float64Array, runs: Float64Array, lengths: Float64Array, offsets: Float64Array}} Directory */

/** @param {Uint8Array<ArrayBuffer>} packed @returns {Promise<Uint8Array<ArrayBuffer>>} */
async function unpacked(packed) {
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream('gzip'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** @param {Uint8Array} bytes @returns {Directory} */
function directoryOf(bytes) {
  let at = 0;
  const next = () => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes[at++];
      if (byte === undefined) throw new RangeError('a directory is cut off');
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  const count = next();
  const column = () => Float64Array.from({length: count}, next);
  const [ids, runs, lengths, offsets] = [column(), column(), column(), column()];
  for (let i = 1; i < count; i++) ids[i] += ids[i - 1];
  // An offset is stated one larger; 0 stands for the end of the entry before.
  for (let i = 0; i < count; i++) offsets[i] = offsets[i] === 0 && i > 0 ? offsets[i - 1] + lengths[i - 1] : offsets[i] - 1;
  return {ids, runs, lengths, offsets};
}

/** The number of a tile: along a Hilbert curve, after all tiles of the zooms before. @param {number} zoom @param {number} column @param {number} row */
export function tileId(zoom, column, row) {
  let [id, x, y] = [(4 ** zoom - 1) / 3, column, row];
  for (let half = 2 ** (zoom - 1); half >= 1; half /= 2) {
    const isRight = Math.floor(x / half) % 2 === 1;
    const isLower = Math.floor(y / half) % 2 === 1;
    id += half * half * (isRight ? (isLower ? 2 : 3) : isLower ? 1 : 0);
    [x, y] = [x % half, y % half];
    if (isLower) continue;
    if (isRight) [x, y] = [half - 1 - x, half - 1 - y];
    [x, y] = [y, x];
  }
  return id;
}

export class TileArchive {
  /** @type {Map<number, Promise<Directory>>} by where they begin */
  #directories = new Map();

  /** @param {ArrayBuffer} buffer the whole file */
  constructor(buffer) {
    const view = new DataView(buffer, 0, HEADER_BYTES);
    const whole = (/** @type {number} */ at) => Number(view.getBigUint64(at, true));
    this.buffer = buffer;
    this.root = {at: whole(8), length: whole(16)};
    this.leavesAt = whole(40);
    this.tilesAt = whole(56);
  }

  /** A tile, unpacked; null: the archive has none there. @param {number} zoom @param {number} column @param {number} row */
  async tile(zoom, column, row) {
    const id = tileId(zoom, column, row);
    let {at, length} = this.root;
    for (let depth = 0; depth < DIRECTORIES_DEEP; depth++) {
      const {ids, runs, lengths, offsets} = await this.#directory(at, length);
      let [low, high] = [0, ids.length];
      while (low < high) {
        const middle = (low + high) >> 1;
        if (ids[middle] <= id) low = middle + 1;
        else high = middle;
      }
      const entry = low - 1;
      if (entry < 0) return null;
      length = lengths[entry];
      if (runs[entry] > 0) {
        const isHere = id < ids[entry] + runs[entry];
        return isHere ? (await unpacked(new Uint8Array(this.buffer, this.tilesAt + offsets[entry], length))).buffer : null;
      }
      at = this.leavesAt + offsets[entry];
    }
    return null;
  }

  /** @param {number} at @param {number} length */
  #directory(at, length) {
    const read = this.#directories.get(at) ?? unpacked(new Uint8Array(this.buffer, at, length)).then(directoryOf);
    this.#directories.set(at, read);
    return read;
  }
}
