/** Faults of a virtual system, as set by /sandbox/systems/set_fault. */
import type { DriverHost } from '../driver.ts'
import { EncoderError, SystemError } from '../errors.ts'
import type { VirtualFault, VirtualRecords } from '../virtual.ts'
import { KIND } from './records.ts'

/** The record of the system's own fault; those of its encoders stand beside it. */
const OF_SYSTEM = 'fault'
const STRIKES_READING: ReadonlySet<VirtualFault['fault']> = new Set(['offline', 'unauthorized'])

/** A fault of the system, or of one encoder beside it. `none` for the system ends those of its encoders, too. */
export async function setFault(records: VirtualRecords, fault: VirtualFault): Promise<void> {
  await records.change(async (change) => {
    const standing = await change.list<VirtualFault>(KIND.fault)
    if (fault.fault !== 'none') change.put(KIND.fault, idOf(fault.encoder_id), fault)
    else
      for (const { encoder_id } of standing) {
        if (fault.encoder_id === null || fault.encoder_id === encoder_id) change.delete(KIND.fault, idOf(encoder_id))
      }
  })
}

function idOf(encoderId: string | null): string {
  return encoderId === null ? OF_SYSTEM : `${OF_SYSTEM}:${encoderId}`
}

/** What is asked of the system: reading alone, or something that has an effect; and at which encoder, if at one. */
export interface Asked {
  isReading: boolean
  encoder_id: string | null
}

/**
 * Runs what is asked under the fault that is set, if any. Being offline or refusing the login stops reading too; the
 * other faults strike what has an effect, so that one that counts down is not used up by somebody looking.
 */
export async function underFault<R>(
  records: VirtualRecords,
  host: DriverHost,
  asked: Asked,
  signal: AbortSignal | undefined,
  act: () => Promise<R>,
): Promise<R> {
  const fault = await takeFault(records, asked)
  if (fault === null) return act()
  switch (fault.fault) {
    case 'offline':
      if (fault.encoder_id !== null)
        throw new EncoderError(
          'encoder_not_online',
          'The encoder is not online. Check its power and network, then try again.',
        )
      throw new SystemError('unreachable', 'The access system does not answer. Check that it is running and reachable.')
    case 'unauthorized':
      throw new SystemError('unauthorized', 'The access system refuses the login. Connect it again with a valid one.')
    case 'busy':
      throw new SystemError('busy', 'The access system is busy. It is asked again in a while.')
    case 'refuse':
      throw new SystemError('rejected', 'The access system refused the request. Look into its own log for the reason.')
    case 'slow':
      try {
        await host.sleep(fault.delay_ms, signal)
      } catch (cause) {
        throw new SystemError('unreachable', 'The access system did not answer in time.', { cause })
      }
      return act()
    case 'answer_lost': {
      let cause: unknown
      try {
        await act()
      } catch (error) {
        cause = error
      }
      throw new SystemError(
        'in_doubt',
        'The answer of the access system was lost. Its state is read before it is asked again.',
        { cause },
      )
    }
    case 'none':
      return act()
  }
}

/** The fault that strikes now, counted down: the encoder's own before its system's. */
async function takeFault(records: VirtualRecords, asked: Asked): Promise<VirtualFault | null> {
  const ofEncoder = asked.encoder_id === null ? null : await take(records, asked, idOf(asked.encoder_id))
  return ofEncoder ?? (await take(records, asked, OF_SYSTEM))
}

async function take(records: VirtualRecords, { isReading }: Asked, id: string): Promise<VirtualFault | null> {
  const strikes = (fault: VirtualFault | undefined): fault is VirtualFault =>
    fault !== undefined && (!isReading || STRIKES_READING.has(fault.fault))
  const fault = await records.get<VirtualFault>(KIND.fault, id)
  if (!strikes(fault)) return null
  if (fault.times === null) return fault
  return records.change(async (change) => {
    const current = await change.get<VirtualFault>(KIND.fault, id)
    if (!strikes(current)) return null
    if (current.times === null) return current
    if (current.times <= 1) change.delete(KIND.fault, id)
    else change.put(KIND.fault, id, { ...current, times: current.times - 1 })
    return current
  })
}
