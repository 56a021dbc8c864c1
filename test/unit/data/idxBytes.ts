const codes = { uint8: 0x08, int8: 0x09, int16: 0x0b, int32: 0x0c, float32: 0x0d, float64: 0x0e } as const;

/** An IDX file written number by number with DataView, independently of the reader. */
export function idxBytes(
  type: keyof typeof codes,
  dimensions: readonly number[],
  values: readonly number[],
): Buffer {
  const width = { uint8: 1, int8: 1, int16: 2, int32: 4, float32: 4, float64: 8 }[type];
  const header = 4 + 4 * dimensions.length;
  const view = new DataView(new ArrayBuffer(header + width * values.length));
  view.setUint8(2, codes[type]);
  view.setUint8(3, dimensions.length);
  dimensions.forEach((size, i) => view.setUint32(4 + 4 * i, size));
  values.forEach((value, i) => {
    const at = header + width * i;
    if (type === 'uint8') view.setUint8(at, value);
    if (type === 'int8') view.setInt8(at, value);
    if (type === 'int16') view.setInt16(at, value);
    if (type === 'int32') view.setInt32(at, value);
    if (type === 'float32') view.setFloat32(at, value);
    if (type === 'float64') view.setFloat64(at, value);
  });
  return Buffer.from(view.buffer);
}
