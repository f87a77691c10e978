// LEGIC Connect: carries the mobile keys of dormakaba Ambiance and Community.
import { behavesLikeAManager } from './credential-managers.ts'

behavesLikeAManager({
  provider: 'legic_connect',
  serves: [
    ['dormakaba_ambiance', 'Room 101'],
    ['dormakaba_community', 'Unit 101'],
  ],
  login: { email: 'jane@example.com', password: '1234' },
  other: { email: 'john@example.com' },
  another: {
    provider: 'dormakaba_ambiance',
    login: {
      pairing_token: '654321',
      operator_username: 'jane',
      operator_password: '1234',
      server_address: '192.168.1.101',
      api_username: 'jane',
      api_password: '1234',
      client_id: 'ABC123ABC',
      client_secret: 'ABC123ABC',
    },
  },
  stranger: 'assa_abloy_credential_service',
})
