import { describe, expect, test } from 'vitest'
import { sdkGenerations, SeamWebhook, widespread } from './sdks.ts'

const nobodyListens = { apiKey: 'seam_test_key', endpoint: 'http://127.0.0.1:1' }

test('both generations are installed, at the pinned versions', () => {
  expect(sdkGenerations.map(({ name }) => name)).toEqual(['seam 1.245.0', 'seam 1.160.0'])
})

describe.each(sdkGenerations)('$name', (sdk) => {
  test('constructs a client whose operations are there', () => {
    const seam = new sdk.Seam(nobodyListens)
    expect(seam.accessGrants.create.bind(seam.accessGrants)).toBeTypeOf('function')
    expect(seam.acs.encoders.simulate.nextCredentialEncodeWillFail.bind(seam)).toBeTypeOf('function')
  })

  test('sends its request to the endpoint it was given', async () => {
    const seam = new sdk.Seam({ ...nobodyListens, axiosRetryOptions: { retries: 0 } })
    await expect(seam.devices.list()).rejects.toMatchObject({ config: { baseURL: nobodyListens.endpoint } })
  })

  test('verifies webhooks', () => {
    expect(() => new sdk.SeamWebhook('whsec_c2VjcmV0').verify('{}', {})).toThrow(/header/i)
  })
})

test('the older generation offers operations that are no longer documented', () => {
  const seam = new widespread.Seam({ ...nobodyListens, isUndocumentedApiEnabled: true })
  expect(seam.acs.users.unmanaged.list.bind(seam)).toBeTypeOf('function')
})

test('the webhook package stands alone', () => {
  expect(() => new SeamWebhook('whsec_c2VjcmV0').verify('{}', {})).toThrow(/header/i)
})
