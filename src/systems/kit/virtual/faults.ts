/** Faults of a virtual system, as set by /sandbox/systems/set_fault. */
import type { DriverHost } from '../driver.ts'
import { EncoderError, SystemError } from '../errors.ts'
import type { VirtualFault, VirtualRecords } from '../virtual.ts'
import { KIND } from './records.ts'

const THE_FAULT = 'fault'
const STRIKES_READING: ReadonlySet<VirtualFault['fault']> = new Set(['offline', 'unauthorized'])

export async function setFault(records: VirtualRecords, fault: VirtualFault): Promise<void> {
  await records.change(async (change) => {
    await change.get(KIND.fault, THE_FAULT)
    if (fault.fault === 'none') change.delete(KIND.fault, THE_FAULT)
    else change.put(KIND.fault, THE_FAULT, fault)
  })
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

/** The fault that strikes now, counted down. */
async function takeFault(records: VirtualRecords, asked: Asked): Promise<VirtualFault | null> {
  const strikes = (fault: VirtualFault | undefined): fault is VirtualFault =>
    fault !== undefined &&
    (fault.encoder_id === null || fault.encoder_id === asked.encoder_id) &&
    (!asked.isReading || STRIKES_READING.has(fault.fault))
  const fault = await records.get<VirtualFault>(KIND.fault, THE_FAULT)
  if (!strikes(fault)) return null
  if (fault.times === null) return fault
  return records.change(async (change) => {
    const current = await change.get<VirtualFault>(KIND.fault, THE_FAULT)
    if (!strikes(current)) return null
    if (current.times === null) return current
    if (current.times <= 1) change.delete(KIND.fault, THE_FAULT)
    else change.put(KIND.fault, THE_FAULT, { ...current, times: current.times - 1 })
    return current
  })
}
