/** Something the person deploying has to mend first. Its message is one line: what is wrong, and what mends it. */
export class Refusal extends Error {}
