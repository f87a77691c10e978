import { operation } from '../../operation.ts'

/** No access system reports access methods that were made elsewhere: every one is managed. */
export const listUnmanagedAccessMethods = operation<object>({
  path: '/access_methods/unmanaged/list',
  handle: () => ({ access_methods: [] }),
})
