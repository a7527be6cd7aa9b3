import { AwsError } from './aws-error.js';
import type { Context, Done, Operation } from './operation.js';
import { xmlTime } from './xml.js';

/** What attackers look at first outside IAM, as far as they need it to believe that the key is alive. */
export const ec2: Record<string, Operation> = {
  DescribeInstances: {
    readOnly: true,
    run: () => ({
      result: {
        reservationSet: [
          {
            reservationId: 'r-0a1b2c3d4e5f60718',
            instancesSet: [
              {
                instanceId: 'i-0f1e2d3c4b5a69788',
                instanceType: 'm6i.large',
                instanceState: { code: 16, name: 'running' },
                privateIpAddress: '10.20.0.14',
              },
            ],
          },
        ],
      },
    }),
  },
};

export const s3: Record<string, Operation> = {
  ListBuckets: {
    readOnly: true,
    action: 's3:ListAllMyBuckets',
    run: ({ world }) => ({
      result: {
        Owner: { ID: world.account },
        Buckets: world.buckets.map(({ name, createdAt }) => ({ Name: name, CreationDate: xmlTime(createdAt) })),
      },
    }),
  },
  ListObjects: { readOnly: true, action: 's3:ListBucket', run: listObjects },
};

function listObjects({ world, params }: Context): Done {
  const bucket = world.buckets.find(({ name }) => name === params.need('bucketName'));
  if (bucket === undefined) throw new AwsError('NoSuchBucket', 404, 'The specified bucket does not exist');
  return { result: { Name: bucket.name, IsTruncated: 'false', Contents: bucket.objects.map((Key) => ({ Key })) } };
}
