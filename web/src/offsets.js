// Places in a text: Python counts code points, JavaScript UTF-16 code units.

/** A function from offsets in code points to offsets in code units, none beyond the text. */
export function codeUnits(text) {
  const places = [];
  let unit = 0;
  for (const character of text) {
    places.push(unit);
    unit += character.length;
  }
  return (point) => (point < places.length ? places[point] : unit);
}
