/** What a request that failed is answered: errors of the catalogue as they are, what else can be named in its words, the rest as 500. */
import { ConstraintViolation, isStoreUnavailable, Stale } from '../store/store.ts'
import { ApiError } from './errors.ts'
import { payloadTooLarge } from './parameters.ts'

/** The error to answer with; null = a fault of ours. */
export function asApiError(error: unknown): ApiError | null {
  if (error instanceof ApiError) return error
  if (isStoreUnavailable(error))
    return new ApiError(503, 'service_unavailable', 'The database cannot be reached. Try again shortly.')
  if (error instanceof Stale || error instanceof ConstraintViolation) {
    return new ApiError(409, 'conflict', 'Other requests keep changing the same resources. Try again.')
  }
  return null
}

/** What Fastify itself refuses, in our words. */
export function fromFastify(error: unknown): unknown {
  const code = (error as { code?: string }).code
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return payloadTooLarge()
  const status = (error as { statusCode?: number }).statusCode
  if (status !== undefined && status >= 400 && status < 500)
    return new ApiError(status, 'invalid_input', (error as Error).message)
  return error
}

export function errorBody(error: ApiError, requestId: string): Record<string, unknown> {
  return {
    error: {
      type: error.type,
      message: error.message,
      ...error.extra,
      ...(error.data === undefined ? {} : { data: error.data }),
      ...(error.validationErrors === undefined ? {} : { validation_errors: error.validationErrors }),
      request_id: requestId,
    },
    ok: false,
  }
}
