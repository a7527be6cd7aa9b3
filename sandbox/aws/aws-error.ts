/** A refusal in AWS's words. */
export class AwsError extends Error {
  readonly code: string;
  readonly status: number;

  constructor(code: string, status: number, message: string) {
    super(message);
    this.name = 'AwsError';
    this.code = code;
    this.status = status;
  }
}

export const noSuchUser = (name: string) =>
  new AwsError('NoSuchEntity', 404, `The user with name ${name} cannot be found.`);
