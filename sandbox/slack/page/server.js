/** What the page asks of the twin. */
const token = document.querySelector('meta[name=page-token]').content;

export async function act(name, args) {
  const answer = await fetch(`/act/${name}`, {
    method: 'POST',
    headers: { 'x-page-token': token, 'content-type': 'application/json' },
    body: JSON.stringify(args),
  });
  const value = await answer.json();
  return answer.ok ? value : { outcome: 'refused', notice: value.error ?? 'That did not work.' };
}

/** What this person sees; waits for something newer than `version`. Undefined when there is no answer. */
export async function look(user, version, signal) {
  try {
    const answer = await fetch(`/screen?user=${encodeURIComponent(user)}&version=${version}`, {
      headers: { 'x-page-token': token },
      signal,
    });
    return answer.ok ? await answer.json() : undefined;
  } catch {
    return undefined;
  }
}
