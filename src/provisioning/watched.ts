/** A connection whose calls are counted, timed, and told to the log and to traces with the request they go back to. */
import type { Log } from '../log.ts'
import type { Metrics } from '../metrics.ts'
import type { SystemConnection } from '../systems/kit/driver.ts'
import { EncoderError, SystemError } from '../systems/kit/errors.ts'
import { lookForLeave } from '../systems/kit/leave.ts'
import { beginStep, currentRequestId, kindOfError } from '../trace.ts'

interface Watch {
  provider: string
  acs_system_id: string
  metrics: Metrics
  log: Log
}

/** The connection, watched. Changes and answers are not logged: they may hold PINs, card numbers and names. */
export function watched(connection: SystemConnection, watch: Watch): SystemConnection {
  return watchedObject(connection, '', watch)
}

function watchedObject<T extends object>(target: T, name: string, watch: Watch): T {
  return new Proxy(target, {
    get(object, property) {
      const value: unknown = Reflect.get(object, property)
      if (typeof property === 'symbol') return typeof value === 'function' ? (value.bind(object) as unknown) : value
      const call = name === '' ? property : `${name}.${property}`
      if (typeof value === 'function')
        return (...args: unknown[]) => {
          const last = args.at(-1)
          if (last instanceof AbortSignal) lookForLeave(last)
          return measured(() => Reflect.apply(value, object, args), call, watch)
        }
      // The capabilities of a connection are objects of their own: `cardEncoding.encode`.
      return typeof value === 'object' && value !== null && name === '' ? watchedObject(value, property, watch) : value
    },
  })
}

function measured(run: () => unknown, call: string, { provider, acs_system_id, metrics, log }: Watch): unknown {
  const startedAt = performance.now()
  const step = beginStep(`${provider} ${call}`, 'client', () => ({
    'lockstitch.provider': provider,
    'lockstitch.acs_system_id': acs_system_id,
    'lockstitch.call': call,
  }))
  const done = (outcome: string): void => {
    const ms = performance.now() - startedAt
    metrics.driverCall(provider, call, outcome, ms / 1000)
    const request_id = currentRequestId()
    log.debug(
      { provider, acs_system_id, call, outcome, ms: Math.round(ms), ...(request_id === null ? {} : { request_id }) },
      'an access system was asked',
    )
    step?.end()
  }
  const answer = run()
  if (!(answer instanceof Promise)) return answer
  return answer.then(
    (value: unknown) => {
      done('ok')
      return value
    },
    (error: unknown) => {
      step?.fail(kindOfError(error))
      done(error instanceof SystemError ? error.kind : error instanceof EncoderError ? error.code : 'failed')
      throw error
    },
  )
}
