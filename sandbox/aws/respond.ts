import { randomUUID } from 'node:crypto';
import type { Answer, Request } from '../twin/serve.js';
import { AwsError } from './aws-error.js';
import { iam } from './iam.js';
import { type Operation, Params } from './operation.js';
import { ec2, s3 } from './recon.js';
import { sts } from './sts.js';
import { type Xml, xml } from './xml.js';

export type Service = 'iam' | 'sts' | 'ec2' | 's3';

export interface Call {
  service: Service;
  name: string;
  params: Params;
  /** Absent: this twin does not have it. */
  operation?: Operation;
}

const TABLES: Record<Service, Record<string, Operation>> = { iam, sts, ec2, s3 };
const VERSIONS: Record<string, Service> = { '2010-05-08': 'iam', '2011-06-15': 'sts', '2016-11-15': 'ec2' };

/** What is asked for: the query protocol by Action and Version, else S3 by its path. */
export function callOf(request: Request): Call {
  const form = request.method === 'POST' ? new URLSearchParams(request.body.toString('utf8')) : request.query;
  const action = form.get('Action');
  if (action !== null) {
    const service = VERSIONS[form.get('Version') ?? ''] ?? 'iam';
    return call(service, action, form);
  }
  const bucket = request.path.split('/')[1] ?? '';
  if (bucket === '') return call('s3', 'ListBuckets', new URLSearchParams());
  return call('s3', 'ListObjects', new URLSearchParams({ bucketName: decodeURI(bucket) }));
}

function call(service: Service, name: string, form: URLSearchParams): Call {
  const table = TABLES[service];
  const params = new Params(form);
  return Object.hasOwn(table, name) ? { service, name, params, operation: table[name]! } : { service, name, params };
}

const NAMESPACES: Record<Service, string> = {
  iam: 'https://iam.amazonaws.com/doc/2010-05-08/',
  sts: 'https://sts.amazonaws.com/doc/2011-06-15/',
  ec2: 'http://ec2.amazonaws.com/doc/2016-11-15/',
  s3: 'http://s3.amazonaws.com/doc/2006-03-01/',
};

const HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n';

export function answerOf({ service, name }: Call, result: Xml | undefined): Answer {
  const id = randomUUID();
  const namespace = `xmlns="${NAMESPACES[service]}"`;
  let body: string;
  if (service === 's3') {
    const root = name === 'ListBuckets' ? 'ListAllMyBucketsResult' : 'ListBucketResult';
    body = `<${root} ${namespace}>${xml(result ?? {}, name === 'ListBuckets' ? 'Bucket' : '')}</${root}>`;
  } else if (service === 'ec2') {
    body = `<${name}Response ${namespace}><requestId>${id}</requestId>${xml(result ?? {}, 'item')}</${name}Response>`;
  } else {
    const content = result === undefined ? '' : `<${name}Result>${xml(result)}</${name}Result>`;
    const metadata = `<ResponseMetadata><RequestId>${id}</RequestId></ResponseMetadata>`;
    body = `<${name}Response ${namespace}>${content}${metadata}</${name}Response>`;
  }
  return { status: 200, headers: { 'content-type': 'text/xml', 'x-amzn-requestid': id }, body: HEAD + body };
}

/** The same refusal is called differently by each service. */
const DIALECT: Partial<Record<Service, Record<string, [code: string, status: number]>>> = {
  s3: { InvalidClientTokenId: ['InvalidAccessKeyId', 403], Throttling: ['SlowDown', 503] },
  ec2: {
    InvalidClientTokenId: ['AuthFailure', 401],
    SignatureDoesNotMatch: ['AuthFailure', 401],
    AccessDenied: ['UnauthorizedOperation', 403],
    Throttling: ['RequestLimitExceeded', 503],
  },
};

/** As the service words it; also what CloudTrail records. */
export function inDialect(service: Service, error: AwsError): AwsError {
  const expired = error.message.startsWith('Signature expired');
  if (service === 's3' && expired) return new AwsError('RequestTimeTooSkewed', 403, error.message);
  if (service === 'ec2' && expired) return new AwsError('RequestExpired', 400, error.message);
  const [code, status] = DIALECT[service]?.[error.code] ?? [error.code, error.status];
  return new AwsError(code, status, error.message);
}

export function refusalOf(service: Service, error: AwsError): Answer {
  const id = randomUUID();
  const inner = { Code: error.code, Message: error.message };
  let body: string;
  if (service === 's3') body = xml({ Error: { ...inner, RequestId: id } });
  else if (service === 'ec2') body = xml({ Response: { Errors: { Error: inner }, RequestID: id } });
  else {
    const kind = error.status >= 500 ? 'Receiver' : 'Sender';
    body = `<ErrorResponse xmlns="${NAMESPACES[service]}">${xml({ Error: { Type: kind, ...inner }, RequestId: id })}</ErrorResponse>`;
  }
  return {
    status: error.status,
    headers: { 'content-type': 'text/xml', 'x-amzn-requestid': id },
    body: HEAD + body,
    refusal: error.code,
  };
}
