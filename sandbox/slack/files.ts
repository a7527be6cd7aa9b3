import { type Call, channelOf, type Method, needed, SlackError, textOf } from './method.js';
import type { File, Workspace } from './workspace.js';

const MOST = 1024 ** 3;

/** Files that were announced, and may be sent once each. */
export class Uploads {
  readonly #waiting = new Map<string, File & { length: number; sent: boolean }>();

  announce(file: File & { length: number }): void {
    this.#waiting.set(file.id, { ...file, sent: false });
  }

  /** The bytes as they came; false when nobody announced them. */
  take(id: string, bytes: Buffer, contentType: string): boolean {
    const file = this.#waiting.get(id);
    if (file === undefined || file.sent) return false;
    file.content = partOf(bytes, contentType);
    file.size = file.content.length;
    file.sent = true;
    return true;
  }

  complete(id: string): File {
    const file = this.#waiting.get(id);
    if (file === undefined) throw new SlackError('file_not_found');
    if (!file.sent) throw new SlackError('file_upload_size_restricted');
    this.#waiting.delete(id);
    const { length: _, sent: __, ...whole } = file;
    return whole;
  }
}

/** The file in a multipart body; another body is the file itself. */
function partOf(bytes: Buffer, contentType: string): Buffer {
  const boundary = /^multipart\/form-data;.*boundary="?([^";]+)"?/i.exec(contentType)?.[1];
  if (boundary === undefined) return bytes;
  const start = bytes.indexOf('\r\n\r\n');
  const end = bytes.indexOf(`\r\n--${boundary}`, start);
  return start < 0 || end < 0 ? bytes : bytes.subarray(start + 4, end);
}

const told = ({ team }: Workspace, { id, name, title, size, user }: File) => ({
  id,
  name,
  title,
  size,
  user,
  mimetype: 'text/plain',
  filetype: 'text',
  permalink: `https://${team.domain}.slack.com/files/${user}/${id}/${encodeURIComponent(name)}`,
});

function announce(uploads: Uploads, call: Call): Record<string, unknown> {
  const { workspace, url } = call;
  const name = needed(call, 'filename');
  const length = Number(textOf(call, 'length'));
  if (!Number.isInteger(length) || length <= 0) throw new SlackError('invalid_arguments');
  if (length > MOST) throw new SlackError('file_upload_size_restricted');
  const id = workspace.newId('F');
  const user = workspace.app.botUser;
  uploads.announce({ id, name, title: name, size: 0, length, content: Buffer.alloc(0), user, sharedIn: [] });
  return { upload_url: `${url}/upload/v1/${id}`, file_id: id };
}

function complete(uploads: Uploads, call: Call): Record<string, unknown> {
  const { workspace, args } = call;
  const named = args.files as { id: string; title?: string }[] | undefined;
  if (!Array.isArray(named) || named.length === 0) throw new SlackError('invalid_arguments');
  const id = textOf(call, 'channel_id');
  const channel = id === '' ? undefined : channelOf({ ...call, args: { channel: id } }, { member: true });
  const files = named.map(({ id, title }) => {
    const file = uploads.complete(String(id));
    if (title !== undefined) file.title = title;
    if (channel !== undefined) file.sharedIn.push(channel.id);
    workspace.files.set(file.id, file);
    return file;
  });
  if (channel !== undefined) {
    const parent = channel.messages.get(textOf(call, 'thread_ts'));
    const root = parent?.thread ?? parent?.ts;
    workspace.post({
      channel: channel.id,
      user: workspace.app.botUser,
      text: textOf(call, 'initial_comment'),
      files,
      ...(root && { thread: root }),
    });
  }
  call.wrote(channel?.id ?? 'nowhere', { files: files.map((one) => one.id).join(',') });
  return { files: files.map((one) => told(workspace, one)) };
}

export const fileMethods = (uploads: Uploads): Record<string, Method> => ({
  'files.getUploadURLExternal': { scope: 'files:write', tier: 4, run: (call) => announce(uploads, call) },
  'files.completeUploadExternal': { scope: 'files:write', tier: 4, run: (call) => complete(uploads, call) },
});
