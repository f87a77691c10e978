/** The WHERE clause of a list, put together from the filters that were given. `$1` is the workspace id. */
export class Conditions {
  readonly values: unknown[] = []
  #text = ''

  /** Adds a condition; `text` is given the placeholder of `value`. */
  and(text: (parameter: string) => string, value: unknown): this {
    this.values.push(value)
    this.#text += ` AND ${text(`$${this.values.length + 1}`)}`
    return this
  }

  /** Adds a condition without a value. */
  always(text: string): this {
    this.#text += ` AND ${text}`
    return this
  }

  /** Number of the next free parameter. */
  get next(): number {
    return this.values.length + 2
  }

  get text(): string {
    return this.#text
  }
}

/** Order and cut of a list page (src/api/page.ts): given the number of its first parameter. */
export type PageCut = (next: number) => { where: string; tail: string; values: unknown[] }

/** The pattern of a case-insensitive partial match. */
export function containing(text: string): string {
  return `%${text.replace(/[\\%_]/g, (c) => `\\${c}`)}%`
}
