/** What the log keeps of a receiver's answer. */

/** Characters of an answer that are kept. */
export const EXCERPT_LENGTH = 500

/**
 * The first 500 characters of `text`, as a database can keep them. A secret of ours in it (receivers print theirs in
 * error pages) is blotted out; `text` should go on for a secret's length beyond the cut, or half of one could remain.
 */
export function excerptOf(text: string, secrets: readonly string[]): string {
  let shown = text.replaceAll('\u0000', '\ufffd')
  for (const secret of secrets) {
    const key = secret.replace(/^whsec_/, '')
    // As it is, as some write a slash in JSON, and as it stands in a URL.
    for (const form of [key, key.replaceAll('/', '\\/'), encodeURIComponent(key)])
      shown = shown.replaceAll(form, '[secret]')
  }
  // By code points: half of a pair is no text.
  return [...shown].slice(0, EXCERPT_LENGTH).join('')
}
