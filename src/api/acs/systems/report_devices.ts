import type { AcsSystemRecord, Json } from '../../../domain/records.ts'
import { applyFindings } from '../../../domain/sync/apply.ts'
import type { Findings } from '../../../domain/sync/findings.ts'
import {
  compareDeclared,
  hasRooms,
  setupWarnings,
  type Declaration,
  type Declared,
} from '../../../domain/sync/declared.ts'
import { newPoolCard } from '../../../provisioning/pool.ts'
import { devicesOf } from '../../../store/acs-systems.ts'
import { loadIssuanceFacts } from '../../../store/issuance-facts.ts'
import { credentialsOfDoors } from '../../../store/sync-facts.ts'
import type { DeclarationFault, DeviceDeclarations } from '../../../systems/kit/driver.ts'
import { errors, type InputIssue } from '../../errors.ts'
import { operation, type Call } from '../../operation.ts'
import { requireSystem } from '../access.ts'

type Reported = { is_removed?: boolean } & Record<string, unknown>

interface Params {
  acs_system_id: string
  acs_entrances?: Reported[]
  acs_encoders?: Reported[]
}

/**
 * Declares doors and encoders of a system that cannot list them. Each goes by its number: declared again it is brought
 * up to date, removed it is retired, and what is so already changes nothing.
 */
export const reportDevices = operation<Params>({
  path: '/acs/systems/report_devices',
  async handle(params, call) {
    await call.decide(async () => {
      const system = await requireSystem(call, params.acs_system_id)
      const { definition, declarations } = call.services.provisioning.connections.driver(system.provider)
      if (declarations === undefined || definition.metadataKey === undefined) {
        throw errors.badRequest(
          'not_supported',
          `${definition.display_name} lists its doors and encoders itself: they are read from the access system, and cannot be declared.`,
          { acs_system_id: system.acs_system_id },
        )
      }
      const declaration = readDeclaration(params, declarations, definition.metadataKey)
      return { changes: await decide(call, system, declaration), result: undefined }
    })
    return {}
  },
})

/** @throws ApiError 400 naming each thing that is wrong, or when nothing is declared */
function readDeclaration(params: Params, declarations: DeviceDeclarations, metadataKey: string): Declaration {
  const { acs_entrances = [], acs_encoders = [] } = params
  if (acs_entrances.length + acs_encoders.length === 0) {
    throw errors.invalidInput({ path: [], message: 'Must specify `acs_entrances` or `acs_encoders`' })
  }
  const issues: InputIssue[] = []
  function read<T extends { external_id: string }>(
    field: 'acs_entrances' | 'acs_encoders',
    list: readonly Reported[],
    of: (declared: Json, isRemoved: boolean) => T | DeclarationFault,
  ): Declared<T>[] {
    const seen = new Set<string>()
    return list.flatMap((one, i): Declared<T>[] => {
      const path = [field, String(i), metadataKey]
      const is_removed = one.is_removed === true
      const device = of((one[metadataKey] as Json | undefined) ?? {}, is_removed)
      if ('field' in device) {
        issues.push({ path: [...path, device.field], message: device.message })
        return []
      }
      if (seen.has(device.external_id)) {
        issues.push({ path, message: 'Is named twice: name each once' })
        return []
      }
      seen.add(device.external_id)
      return [{ device, is_removed }]
    })
  }
  const entrances = read('acs_entrances', acs_entrances, (declared, isRemoved) =>
    declarations.entrance(declared, { isRemoved }),
  )
  const encoders = read('acs_encoders', acs_encoders, (declared) => declarations.encoder(declared))
  if (issues.length > 0) throw errors.invalidInput(...issues)
  return { entrances, encoders }
}

async function decide(call: Call, system: AcsSystemRecord, declaration: Declaration) {
  const { store, ids, provisioning } = call.services
  const { acs_system_id } = system
  const definition = provisioning.definitionOf(system.provider)
  const newId = (): string => ids.uuid()
  const held = await devicesOf(store, call.workspaceId, acs_system_id)
  const findings = compareDeclared(declaration, held, call.now, newId)
  const changes = applyFindings({
    findings,
    held: { ...held, groups: [], users: [], credentials: [] },
    system,
    definition,
    facts: await factsOf(call, system, findings),
    claims: [],
    now: call.now,
    newId,
    poolCard: (card, id, at) => newPoolCard(system, card, id, at),
  })
  const warnings = setupWarnings(system.warnings, definition, hasRooms(held.entrances, findings.entrances), call.now)
  if (warnings.length !== system.warnings.length) {
    changes.update('acs_system', 'acs_system_id', { acs_system_id, version: system.version, warnings })
  }
  return changes
}

/** The credentials behind grants of doors that go or come back, and all around them. */
async function factsOf(call: Call, { acs_system_id }: AcsSystemRecord, { entrances }: Findings) {
  const { store } = call.services
  const doors = [...entrances.removed, ...entrances.back].map((row) => row.acs_entrance_id)
  const credentials = await credentialsOfDoors(store, call.workspaceId, acs_system_id, doors)
  return loadIssuanceFacts(store, call.workspaceId, credentials, call.now)
}
