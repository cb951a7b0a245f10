// Building the document. Whatever a person or a server wrote becomes a text node, never markup.

/**
 * An element.
 *
 * @param {string} tag its name, with classes: "p.note".
 * @param {Object} properties attributes; functions become listeners ("onclick"); false and null
 *   leave an attribute out.
 * @param {...(Node|string|number|null|false|Array)} children null and false are left out.
 */
export function h(tag, properties = {}, ...children) {
  const [name, ...classes] = tag.split(".");
  const element = document.createElement(name);
  if (classes.length) element.className = classes.join(" ");
  for (const [key, value] of Object.entries(properties)) {
    if (typeof value === "function") element.addEventListener(key.slice(2), value);
    else if (value !== false && value != null) element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...filled(children));
  return element;
}

/** Replace what an element holds. */
export function fill(element, ...children) {
  element.replaceChildren(...filled(children));
  return element;
}

function filled(children) {
  return children.flat(2).filter((child) => child != null && child !== false);
}
