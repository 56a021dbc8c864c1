/** Texels in a row of the textures: a mask may have more rows than a texture. */
export const textureWidth = 2048;

export const vertexShader = `#version 300 es
void main() {
  gl_Position = vec4(vec2(gl_VertexID & 1, gl_VertexID >> 1) * 4.0 - 1.0, 0.0, 1.0);
}`;

/** Reads the bits as they came, in whole numbers throughout: see paintPixels.ts, which does the same. */
export const fragmentShader = `#version 300 es
precision highp float;
precision highp int;
precision highp usampler2D;

uniform usampler2D activeBits;
uniform usampler2D changedBits;
uniform usampler2D magnitudes;
uniform bool showsMagnitudes;
uniform ivec2 size;
uniform int words;
uniform int canvasHeight;
uniform ivec2 origin;
uniform int up;
uniform int down;
uniform int linedUp;
uniform ivec2 period;
uniform ivec2 voidFrom;
uniform vec3 background;
uniform vec3 inactiveColour;
uniform vec3 droppedColour;
uniform vec3 activeColour;
uniform vec3 grownColour;
uniform vec3 strongColour;
out vec4 colour;

uint texel(usampler2D source, int at) {
  return texelFetch(source, ivec2(at % ${textureWidth}, at / ${textureWidth}), 0).r;
}

int ones(uint word) {
  uint pairs = word - ((word >> 1) & 0x55555555u);
  uint fours = (pairs & 0x33333333u) + ((pairs >> 2) & 0x33333333u);
  return int((((fours + (fours >> 4)) & 0x0f0f0f0fu) * 0x01010101u) >> 24);
}

bool isBetween(int cell, int each) {
  return each > 1 && cell % each == each - 1;
}

int cellsIn(int from, int to, int each) {
  return each > 1 ? (to - to / each) - (from - from / each) : to - from;
}

vec3 ofMagnitude(uint value) {
  return mix(inactiveColour, strongColour, sqrt(float(value) / 255.0));
}

vec3 ofCell(ivec2 at) {
  ivec2 cell = at / up;
  if (any(lessThan(at, ivec2(0))) || any(greaterThanEqual(cell, size))) return background;
  if (all(greaterThanEqual(cell, voidFrom))) return background;
  if (isBetween(cell.x, period.x) || isBetween(cell.y, period.y)) return background;
  ivec2 inside = at - cell * up;
  if (up >= linedUp && (inside.x == up - 1 || inside.y == up - 1)) return background;
  if (showsMagnitudes) return ofMagnitude(texel(magnitudes, cell.y * size.x + cell.x));
  int word = cell.y * words + (cell.x >> 5);
  bool isActive = ((texel(activeBits, word) >> (cell.x & 31)) & 1u) == 1u;
  bool hasChanged = ((texel(changedBits, word) >> (cell.x & 31)) & 1u) == 1u;
  if (isActive) return hasChanged ? grownColour : activeColour;
  if (!hasChanged) return inactiveColour;
  int border = max(1, up / 5);
  bool inner = all(greaterThanEqual(inside, ivec2(border))) && all(lessThan(inside, ivec2(up - 1 - border)));
  return up >= linedUp && inner ? inactiveColour : droppedColour;
}

vec3 ofBox(ivec2 from) {
  if (any(lessThan(from, ivec2(0))) || any(greaterThanEqual(from, size))) return background;
  ivec2 to = min(size, from + down);
  int cells = cellsIn(from.x, to.x, period.x) * cellsIn(from.y, to.y, period.y);
  if (cells == 0) return background;
  if (showsMagnitudes) {
    uint largest = 0u;
    for (int row = from.y; row < to.y; row++)
      for (int column = from.x; column < to.x; column++)
        largest = max(largest, texel(magnitudes, row * size.x + column));
    return ofMagnitude(largest);
  }
  int kept = 0;
  int grown = 0;
  int dropped = 0;
  int firstWord = from.x >> 5;
  int lastWord = (to.x - 1) >> 5;
  for (int row = from.y; row < to.y; row++)
    for (int word = firstWord; word <= lastWord; word++) {
      uint some = 0xffffffffu;
      if (word == firstWord) some &= 0xffffffffu << (from.x & 31);
      if (word == lastWord) some &= 0xffffffffu >> (31 - ((to.x - 1) & 31));
      uint now = texel(activeBits, row * words + word) & some;
      uint differs = texel(changedBits, row * words + word) & some;
      kept += ones(now & ~differs);
      grown += ones(now & differs);
      dropped += ones(differs & ~now);
    }
  int painted = kept + grown + dropped;
  if (painted == 0) return inactiveColour;
  vec3 hue = (float(kept) * activeColour + float(grown) * grownColour + float(dropped) * droppedColour) / float(painted);
  return mix(inactiveColour, hue, sqrt(min(1.0, float(painted) / float(cells))));
}

void main() {
  ivec2 at = ivec2(int(gl_FragCoord.x), canvasHeight - 1 - int(gl_FragCoord.y)) + origin;
  colour = vec4(down > 1 ? ofBox(at * down) : ofCell(at), 1.0);
}`;
