/** What an operator fills in to connect a system, checked against what the system's definition asks for. Pure. */
import type { SetupField, SystemDefinition } from './definition.ts'
import type { Login } from './driver.ts'
import { SystemError } from './errors.ts'

/** The login of the systems that a sandbox starts with. */
export function sandboxLogin(definition: SystemDefinition): Record<string, string> {
  return Object.fromEntries(
    definition.setup
      .filter((field) => field.isRequired && isAsked(definition, field, {}))
      .map((field) => [field.name, field.sandboxValue ?? field.example]),
  )
}

/** Whether a field belongs to a login that says this much: its `when` holds, where it has one. */
export function isAsked(definition: SystemDefinition, { when }: SetupField, login: Login): boolean {
  if (when === undefined) return true
  const other = definition.setup.find((field) => field.name === when.field)
  const said = login[when.field]
  return (said === undefined || said === '' ? other?.choices?.[0] : said) === when.is
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
  for (const field of definition.setup) {
    const { name, when } = field
    const value = login[name]
    const isGiven = value !== undefined && value !== ''
    if (!isAsked(definition, field, login)) {
      if (isGiven) return { field: name, message: `Only where ${when?.field ?? ''} is ${when?.is ?? ''}` }
      continue
    }
    const message = faultOfValue(field, value)
    if (message !== null) return { field: name, message }
  }
  return null
}

/** What is wrong with the value of one field, and what would do; null = nothing. */
export function faultOfValue({ label, kind, isRequired, example, choices }: SetupField, value: unknown): string | null {
  if (value === undefined || value === '') return isRequired ? `Required: ${label}, for example ${example}` : null
  if (typeof value !== 'string') return `Must be text, for example ${example}`
  if (kind === 'number' && !/^\d+$/.test(value)) return `Must be a whole number, for example ${example}`
  if (kind === 'url' && !isHttpUrl(value)) return `Must be an absolute http or https URL, for example ${example}`
  if (kind === 'time_zone' && !isTimeZone(value))
    return 'Must be the IANA name of a time zone, for example Europe/Stockholm'
  if (kind === 'choice' && choices?.includes(value) !== true) return `Must be one of ${(choices ?? []).join(', ')}`
  return null
}

/** Kinds of field that say nothing of which system it is: secrets, and what is told of a system beside its name. */
const DESCRIBING: ReadonlySet<SetupField['kind']> = new Set(['secret', 'list', 'time_zone', 'choice'])

/** The login without its secrets: what tells two connections of one maker apart. */
export function loginIdentity(definition: SystemDefinition, login: Login): Record<string, unknown> {
  const open = definition.setup.filter((field) => !DESCRIBING.has(field.kind) && login[field.name] !== undefined)
  return Object.fromEntries(open.map((field) => [field.name, login[field.name]]))
}

/** Refuses a login that a virtual system does not take. @throws SystemError `unauthorized`, naming the field and not its value */
export function checkSandboxLogin(definition: SystemDefinition, login: Login): void {
  for (const field of definition.setup) {
    const value = login[field.name]
    if (value === undefined || takesInSandbox(field, value)) continue
    throw new SystemError('unauthorized', `${definition.display_name} refuses the login. Check: ${field.label}.`)
  }
}

/** Whether a virtual system takes this value. */
export function takesInSandbox({ sandboxValue }: SetupField, value: unknown): boolean {
  return sandboxValue === undefined || value === sandboxValue
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
