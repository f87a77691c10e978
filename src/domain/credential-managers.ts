/**
 * Credential managers: systems that carry the mobile keys of other systems to phones (access-systems.md section 2).
 * Which one a system uses when a key names none; chosen for it when there is no choice. Pure.
 */
import type { SystemDefinition } from '../systems/kit/definition.ts'
import type { AcsSystemRecord } from './records.ts'

export type ConnectedSystem = Pick<
  AcsSystemRecord,
  'acs_system_id' | 'provider' | 'default_credential_manager_acs_system_id'
>

type DefinitionOf = (provider: string) => SystemDefinition

/** Mobile keys of this system reach phones by a credential manager alone. */
export function needsCredentialManager(definition: SystemDefinition): boolean {
  return definition.credentialManagers !== undefined
}

/** Whether a system of `manager`'s kind can carry this system's mobile keys. */
export function canCarry(manager: SystemDefinition, definition: SystemDefinition): boolean {
  return definition.credentialManagers?.includes(manager.system_type) === true
}

/** The connected managers that can carry this system's mobile keys, in the order given. */
export function managersFor<T extends ConnectedSystem>(
  definition: SystemDefinition,
  systems: readonly T[],
  definitionOf: DefinitionOf,
): T[] {
  return systems.filter((one) => canCarry(definitionOf(one.provider), definition))
}

export type ManagerChoice = { acs_system_id: string } | { missing: 'none_connected' | 'none_chosen' }

/** The manager of a key that names none: the system's default, else the only one that can carry it. */
export function managerOf(
  system: ConnectedSystem,
  systems: readonly ConnectedSystem[],
  definitionOf: DefinitionOf,
): ManagerChoice {
  const able = managersFor(definitionOf(system.provider), systems, definitionOf)
  const chosen = able.find((one) => one.acs_system_id === system.default_credential_manager_acs_system_id)
  const [first, second] = able
  if (chosen !== undefined) return { acs_system_id: chosen.acs_system_id }
  if (first === undefined) return { missing: 'none_connected' }
  return second === undefined ? { acs_system_id: first.acs_system_id } : { missing: 'none_chosen' }
}

/** What keeps a mobile key from being made, and what to do about it; without a full stop, so that more can follow. */
export function missingManager(definition: SystemDefinition, missing: 'none_connected' | 'none_chosen'): string {
  const needs = `Mobile keys of ${definition.display_name} reach phones through a credential manager`
  return missing === 'none_connected'
    ? `${needs}, and none is connected to this workspace. Connect one of the type ${definition.credentialManagers?.join(' or ') ?? ''}`
    : `${needs}; several are connected, and none of them is the default. Disconnect those that are not used`
}

/**
 * Systems whose default manager is to be set: exactly one that is connected can carry their keys, and none is chosen.
 * One that was chosen and is no longer connected counts as none.
 */
export function defaultsToSet<T extends ConnectedSystem>(
  systems: readonly T[],
  definitionOf: DefinitionOf,
): { system: T; default_credential_manager_acs_system_id: string | null }[] {
  const connected = new Set(systems.map((one) => one.acs_system_id))
  return systems.flatMap((system) => {
    const current = system.default_credential_manager_acs_system_id
    if (current !== null && connected.has(current)) return []
    const able = managersFor(definitionOf(system.provider), systems, definitionOf)
    const only = able.length === 1 ? (able[0]?.acs_system_id ?? null) : null
    return only === current ? [] : [{ system, default_credential_manager_acs_system_id: only }]
  })
}
