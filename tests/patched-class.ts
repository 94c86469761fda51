/** Replaces a method of a class. Returns what puts the old one back. */
export function replaced<Of extends object, Name extends keyof Of>(
  prototype: Of,
  name: Name,
  make: (method: Of[Name]) => Of[Name],
): () => void {
  const method = prototype[name];
  prototype[name] = make(method);
  return () => {
    prototype[name] = method;
  };
}

/** Replaces what a getter of a class returns. Returns what puts the old one back. */
export function replacedGetter<Of extends object, Name extends keyof Of>(
  prototype: Of,
  name: Name,
  get: (this: Of) => Of[Name],
): () => void {
  const before = Object.getOwnPropertyDescriptor(prototype, name) as PropertyDescriptor;
  Object.defineProperty(prototype, name, { configurable: true, get });
  return () => void Object.defineProperty(prototype, name, before);
}
