/** The pages of the hosted flow of one system, checked against what its definition asks for. Pure. */
import type { ConnectPage, ConnectTick, SetupField, SystemDefinition } from './definition.ts'
import type { Login } from './driver.ts'
import { isAsked } from './login.ts'

/** The pages in their order; those without anything to ask, as the login stands, included. */
export function connectPages(definition: SystemDefinition, isSandbox: boolean): readonly ConnectPage[] {
  const { connectFlow, setup } = definition
  const own = isSandbox ? (connectFlow?.sandboxPages ?? connectFlow?.pages) : connectFlow?.pages
  return own ?? [{ kind: 'form', title: 'Sign in', fields: setup.map((field) => field.name) }]
}

/** A bridge in the building is paired on the way. */
export function hasBridge(definition: SystemDefinition, isSandbox: boolean): boolean {
  return connectPages(definition, isSandbox).some((page) => page.kind === 'bridge')
}

export interface AskedField extends SetupField {
  /** The box that must be ticked for it. */
  tick: ConnectTick | null
}

/** What a page asks for as the login stands, in its order. Consent asks for nothing. */
export function askedFields(definition: SystemDefinition, page: ConnectPage, login: Login): AskedField[] {
  if (page.kind === 'consent') return []
  if (page.kind === 'choice') return named(definition, [page.field], login, null, [])
  if (page.kind === 'bridge') return page.field === undefined ? [] : named(definition, [page.field], login, null, [])
  const required = page.alsoRequired ?? []
  return [
    ...named(definition, page.fields, login, null, required),
    // Whoever ticks the box fills in what stands under it.
    ...(page.ticks ?? []).flatMap((tick) => named(definition, tick.fields, login, tick, tick.fields)),
  ]
}

function named(
  definition: SystemDefinition,
  names: readonly string[],
  login: Login,
  tick: ConnectTick | null,
  required: readonly string[],
): AskedField[] {
  return names.flatMap((name) => {
    const field = definition.setup.find((one) => one.name === name)
    if (field === undefined)
      throw new Error(`${definition.provider} has a page with ${name}, which it does not ask for`)
    if (!isAsked(definition, field, login)) return []
    return [{ ...field, isRequired: field.isRequired || required.includes(name), tick }]
  })
}

/** There is nothing on it to fill in or to agree to, as the login stands. */
export function isJumpedOver(definition: SystemDefinition, page: ConnectPage, login: Login): boolean {
  return page.kind === 'form' && page.fields.length > 0 && askedFields(definition, page, login).length === 0
}

/** The login with the examples of what a sandbox requires and no page has asked for. */
export function completeInSandbox(definition: SystemDefinition, login: Login): Login {
  const missing = definition.setup.filter(
    (field) => field.isRequired && login[field.name] === undefined && isAsked(definition, field, login),
  )
  const examples = missing.map((field) => [field.name, field.sandboxValue ?? field.example] as const)
  return { ...Object.fromEntries(examples), ...login }
}
