/** Takes a person's names and contacts out of what was written down. */

export interface PersonalTexts {
  names: readonly string[]
  /** E-mail addresses, phone numbers and keys: nobody else has them. */
  contacts: readonly string[]
}

/** What stands where something personal stood. */
export const ERASED = '[erased]'

/** The value with every such text replaced, in strings at any depth; whole words alone, whatever their case. */
export function scrub(value: unknown, texts: PersonalTexts): unknown {
  const all = [...texts.names, ...texts.contacts].filter((text) => text !== '')
  if (all.length === 0) return value
  // The longest first: a name may be part of an address.
  const words = all.sort((a, b) => b.length - a.length).map((text) => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'))
  return replaceIn(value, new RegExp(`(?<![\\p{L}\\p{N}])(?:${words.join('|')})(?![\\p{L}\\p{N}])`, 'giu'))
}

function replaceIn(value: unknown, pattern: RegExp): unknown {
  if (typeof value === 'string') return value.replace(pattern, ERASED)
  if (Array.isArray(value)) return value.map((one) => replaceIn(one, pattern))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, replaceIn(one, pattern)]))
}
