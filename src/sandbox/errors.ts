/** What is wrong with a request to the sandbox; the API renders it. */

/** Nothing of this workspace has this id. */
export class NoSuchThing extends Error {
  override name = 'NoSuchThing'
  /** The resource in the wire's words, e.g. `acs_entrance`. */
  readonly resource: string
  readonly data: Record<string, unknown>
  constructor(resource: string, data: Record<string, unknown>) {
    super(`no such ${resource}`)
    this.resource = resource
    this.data = data
  }
}

/** A field says what cannot be. */
export class Impossible extends Error {
  override name = 'Impossible'
  readonly field: string
  constructor(field: string, message: string) {
    super(message)
    this.field = field
  }
}
