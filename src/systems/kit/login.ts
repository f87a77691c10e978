/** What an operator fills in to connect a system, checked against what the system's definition asks for. Pure. */
import type { SetupField, SystemDefinition } from './definition.ts'
import type { Login } from './driver.ts'
import { SystemError } from './errors.ts'

/** The login of the systems that a sandbox starts with. */
export function sandboxLogin(definition: SystemDefinition): Record<string, string> {
  return Object.fromEntries(
    definition.setup
      .filter((field) => field.isRequired)
      .map((field) => [field.name, field.sandboxValue ?? field.example]),
  )
}

/** A field of the login that cannot be right as it is, and what would do; null when the form is complete. */
export function faultOfLogin(definition: SystemDefinition, login: Login): { field: string; message: string } | null {
  const known = new Map(definition.setup.map((field) => [field.name, field]))
  for (const name of Object.keys(login)) {
    if (known.has(name)) continue
    const names = [...known.keys()]
    const message = names.length === 0 ? 'This system asks for no login' : `Unknown: it takes ${names.join(', ')}`
    return { field: name, message }
  }
  for (const { name, label, kind, isRequired, example } of definition.setup) {
    const value = login[name]
    if (value === undefined || value === '') {
      if (isRequired) return { field: name, message: `Required: ${label}, for example ${example}` }
      continue
    }
    if (typeof value !== 'string') return { field: name, message: `Must be text, for example ${example}` }
    if (kind === 'number' && !/^\d+$/.test(value))
      return { field: name, message: `Must be a whole number, for example ${example}` }
    if (kind === 'url' && !isHttpUrl(value))
      return { field: name, message: `Must be an absolute http or https URL, for example ${example}` }
    if (kind === 'time_zone' && !isTimeZone(value))
      return { field: name, message: 'Must be the IANA name of a time zone, for example Europe/Stockholm' }
  }
  return null
}

/** Kinds of field that say nothing of which system it is: secrets, and what is told of a system beside its name. */
const DESCRIBING: ReadonlySet<SetupField['kind']> = new Set(['secret', 'list', 'time_zone'])

/** The login without its secrets: what tells two connections of one maker apart. */
export function loginIdentity(definition: SystemDefinition, login: Login): Record<string, unknown> {
  const open = definition.setup.filter((field) => !DESCRIBING.has(field.kind) && login[field.name] !== undefined)
  return Object.fromEntries(open.map((field) => [field.name, login[field.name]]))
}

/** Refuses a login that a virtual system does not take. @throws SystemError `unauthorized`, naming the field and not its value */
export function checkSandboxLogin(definition: SystemDefinition, login: Login): void {
  for (const { name, label, sandboxValue } of definition.setup) {
    const value = login[name]
    if (sandboxValue === undefined || value === undefined || value === sandboxValue) continue
    throw new SystemError('unauthorized', `${definition.display_name} refuses the login. Check: ${label}.`)
  }
}

/** A text of the login. @throws SystemError when it is missing */
export function loginText(login: Login, name: string): string {
  const value = login[name]
  if (typeof value === 'string' && value !== '') return value
  throw new SystemError('unauthorized', `The login has no ${name}. Connect the system again.`)
}

/** The names in a list of the login. */
export function loginList(login: Login, name: string): string[] {
  const value = login[name]
  if (typeof value !== 'string') return []
  return [...new Set(value.split(',').map((item) => item.trim()))].filter((item) => item !== '')
}

export function isTimeZone(text: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: text })
    return true
  } catch {
    return false
  }
}

function isHttpUrl(text: string): boolean {
  try {
    return ['http:', 'https:'].includes(new URL(text).protocol)
  } catch {
    return false
  }
}
