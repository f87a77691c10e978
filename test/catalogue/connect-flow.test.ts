// The pages on which a person connects a system, against what the system asks for.
import { expect, test } from 'vitest'
import { askedFields, completeInSandbox, connectPages, isJumpedOver } from '../../src/systems/kit/connect-flow.ts'
import type { Login } from '../../src/systems/kit/driver.ts'
import { faultOfLogin, sandboxLogin } from '../../src/systems/kit/login.ts'
import { drivers } from '../../src/systems/registry.ts'

const all = [...drivers.values()]

test(`the pages of ${all.length} systems ask for what they need`, () => {
  let pagesSeen = 0
  for (const driver of all) {
    const { definition } = driver
    for (const isSandbox of driver.serveVirtual === undefined ? [true] : [true, false]) {
      const what = `${definition.provider} ${isSandbox ? 'in a sandbox' : 'in production'}`
      const pages = connectPages(definition, isSandbox)
      expect(pages.length, what).toBeGreaterThan(0)
      // Whichever way a choice goes, the pages lead to a complete login.
      const choice = definition.setup.find((field) => field.kind === 'choice')
      for (const chosen of choice?.choices ?? [undefined]) {
        const given: Record<string, string> = chosen === undefined ? {} : { [choice?.name ?? '']: chosen }
        const names: string[] = []
        for (const page of pages) {
          pagesSeen++
          const fields = askedFields(definition, page, given)
          if (isJumpedOver(definition, page, given)) expect(fields, what).toEqual([])
          for (const field of fields) {
            names.push(field.name)
            if (field.kind === 'choice' && chosen !== undefined) continue
            if (field.isRequired && field.tick === null) given[field.name] = field.sandboxValue ?? field.example
          }
        }
        expect(new Set(names).size, `${what}: no field twice`).toBe(names.length)
        const login: Login = isSandbox ? completeInSandbox(definition, given) : given
        expect(faultOfLogin(definition, login), `${what} ${String(chosen)}`).toBeNull()
        // A page may leave a field out in a sandbox alone.
        if (!isSandbox)
          expect(definition.setup.filter((field) => field.isRequired && !names.includes(field.name))).toEqual([])
      }
    }
    expect(faultOfLogin(definition, sandboxLogin(definition)), definition.provider).toBeNull()
  }
  expect(all.length).toBeGreaterThanOrEqual(15)
  expect(pagesSeen).toBeGreaterThan(25)
})

test('a field that another one asks for is neither required nor taken without it', () => {
  const definition = all.find((one) => one.definition.setup.some((field) => field.when !== undefined))?.definition
  expect(definition).toBeDefined()
  if (definition === undefined) return
  const login = sandboxLogin(definition)
  const field = definition.setup.find(({ name, when }) => when !== undefined && !(name in login))
  expect(faultOfLogin(definition, { ...login, [field?.name ?? '']: field?.example })).toMatchObject({
    field: field?.name,
    message: expect.stringMatching(/^Only where/),
  })
  const other = { ...login, [field?.when?.field ?? '']: field?.when?.is }
  expect(faultOfLogin(definition, other)?.message).toMatch(/^Only where/)
  const unknown = { ...login, [field?.when?.field ?? '']: 'PIGEON' }
  expect(faultOfLogin(definition, unknown)?.message).toMatch(/^Must be one of|^Only where/)
})
