// ASSA ABLOY Credential Services: carries the mobile keys of Visionline and Vostio.
import { behavesLikeAManager } from './credential-managers.ts'

behavesLikeAManager({
  provider: 'assa_abloy_credential_service',
  serves: [
    ['assa_abloy_vostio', 'Room 101'],
    ['visionline', 'Room 101'],
  ],
  login: { username: 'jane', password: '1234', url: 'https://example.com' },
  // Its whole login is fixed in the sandbox: there is one of it.
  other: null,
  another: {
    provider: 'assa_abloy_vostio',
    login: { system_name: 'Annex', username: 'jane', password: '1234', client_id: '1234', user_pool_id: '1234' },
  },
  stranger: 'legic_connect',
})
