import type { colonnade } from "./colonnade";

type Stacks = ReturnType<typeof colonnade>;

/** Returns the names of the stacks whose templates differ, in the order of deployment. */
export function changedStacks(before: Stacks, after: Stacks): string[] {
  const text = (stacks: Stacks, name: string) => stacks.stacks.includes(name) && JSON.stringify(stacks.template(name).toJSON());
  return [...new Set([...before.stacks, ...after.stacks])].filter((name) => text(before, name) !== text(after, name));
}

/** Returns the logical id and the definition of the only resource of this type. */
export function only(stacks: Stacks, stack: string, type: string): [string, any] {
  const found = Object.entries(stacks.template(stack).findResources(type));
  if (found.length !== 1) throw new Error(`${stack} has ${found.length} of ${type}`);
  return found[0];
}
