/** What is asked of the CloudTrail files about one leaked key. */
export interface LogRequest {
  /** Root of the files, `AWSLogs/…` below it or not. */
  folder: string;
  /** `AKIA…` or `ASIA…`. */
  credentialId: string;
  /** When it was exposed, ms since epoch. */
  since: number;
  /** End of the time asked about: usually now, or when the answer was first wanted. */
  until: number;
  now: number;
  /** How long CloudTrail may take to deliver a call. */
  lagSeconds: number;
  heartbeat?(progress: string): void;
  signal?: AbortSignal;
}
