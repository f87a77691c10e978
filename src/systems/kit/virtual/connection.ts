/** A connection to a virtual system: the driver contract over a building's records, with the faults that are set. */
import type { AccessSystemDriver, CloudKeys, DriverHost, Login, SystemConnection } from '../driver.ts'
import { SystemError } from '../errors.ts'
import { checkSandboxLogin, loginIdentity } from '../login.ts'
import type { DoorReason, VirtualRecords } from '../virtual.ts'
import { virtualBuilding } from './building.ts'
import { Desk } from './desk.ts'
import { underFault, type Asked } from './faults.ts'
import { doorOf, type VirtualModel, onWire } from './model.ts'
import { KIND, type PlasticCard, type VirtualCredential } from './records.ts'
import { SystemState } from './state.ts'

/** The driver of a system that exists virtually alone. */
export function virtualDriver(model: VirtualModel): AccessSystemDriver {
  return {
    definition: model.definition,
    async connect(login, host) {
      if (host.virtual === undefined) {
        const message = `${model.definition.display_name} can be reached in a sandbox workspace only: its maker's protocol is not public.`
        throw new SystemError('unsupported', message)
      }
      return connectVirtual(model, login, host, host.virtual)
    },
    virtualBuilding: (records, host) => virtualBuilding(model, records, host),
  }
}

/** Why a door that could be opened from afar stays shut now. */
const REFUSALS: Partial<Record<DoorReason, string>> = {
  entrance_offline: 'The door is offline and cannot be opened from afar. Check its power and network, then try again.',
  privacy_mode: 'The door is in privacy mode and does not open from afar until somebody inside ends it.',
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

function connectVirtual(
  model: VirtualModel,
  login: Login,
  host: DriverHost,
  records: VirtualRecords,
): SystemConnection {
  const state = new SystemState(model, host)
  const desk = new Desk(state, host)
  const ask = <R>(asked: Partial<Asked>, signal: AbortSignal, act: () => Promise<R>): Promise<R> =>
    underFault(records, host, { isReading: false, encoder_id: null, ...asked }, signal, async () => {
      checkSandboxLogin(model.definition, login)
      return act()
    })

  const connection: SystemConnection = {
    identify: (signal) =>
      ask({ isReading: true }, signal, async () => ({
        // Two buildings of one maker are told apart by what the operator called them.
        external_id: JSON.stringify(loginIdentity(model.definition, login)),
        name: text(login['system_name']) ?? text(login['site_name']) ?? model.default_name,
        time_zone: text(login['time_zone']) ?? 'Etc/UTC',
        metadata: onWire(model, model.metadata),
      })),
    readState: (signal) => ask({ isReading: true }, signal, () => state.read(records)),
    apply: (change, signal) => ask({}, signal, () => records.change((open) => state.apply(open, change))),
    applyAll: (changes, signal) => ask({}, signal, () => records.change((open) => state.applyAll(open, changes))),
    async [Symbol.asyncDispose]() {
      // Nothing is held: a virtual system is its records.
    },
  }
  if (model.definition.card === 'encode') {
    connection.cardEncoding = {
      encode: (request, signal) =>
        ask({ encoder_id: request.encoder_id }, signal, () => records.change((open) => desk.encode(open, request))),
      outcomeOf: (attemptId, signal) =>
        ask({ isReading: true }, signal, () => records.change((open) => desk.outcomeOf(open, attemptId))),
      scan: (request, signal) =>
        ask({ encoder_id: request.encoder_id }, signal, () =>
          records.change((open) => desk.scan(open, request.encoder_id)),
        ),
    }
  }
  if (model.definition.card === 'assign') {
    connection.cardAssignment = {
      assign: (request, signal) => ask({}, signal, () => records.change((open) => desk.assign(open, request))),
      freeCards: (signal) =>
        ask({ isReading: true }, signal, async () => desk.freeCards(await records.list<PlasticCard>(KIND.card))),
    }
    if (model.encoders.length > 0) {
      connection.cardAssignment.scan = (request, signal) =>
        ask({ encoder_id: request.encoder_id }, signal, () =>
          records.change((open) => desk.scanTag(open, request.encoder_id, request.detect_new_tags)),
        )
    }
  }
  if (model.definition.modes.includes('cloud_key')) {
    const unlock: CloudKeys['unlock'] = (request, signal) =>
      ask({}, signal, () =>
        records.change(async (open) => {
          const done = await open.get<{ was_confirmed_by_device: boolean }>(KIND.attempt, request.attempt_id)
          if (done !== undefined) return done
          const door = doorOf(model, request.entrance_id)
          if (door === undefined) throw new SystemError('not_found', 'The access system has no such door (any more).')
          const credential = await open.get<VirtualCredential>(KIND.credential, request.credential_id)
          if (credential === undefined)
            throw new SystemError('not_found', 'The access system has no such credential (any more).')
          const reason = await state.decide(open, door, credential)
          if (reason !== 'granted')
            throw new SystemError('rejected', REFUSALS[reason] ?? 'The access system refused to open the door.', {
              code: reason,
            })
          const result = { was_confirmed_by_device: model.definition.confirmsUnlock }
          open.put(KIND.attempt, request.attempt_id, result)
          return result
        }),
      )
    connection.cloudKeys = { unlock }
  }
  return connection
}
