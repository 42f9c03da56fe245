/** An error of the user. Its message says what is wrong and what is valid, and is printed without a stack trace. */
export class UserError extends Error {}
