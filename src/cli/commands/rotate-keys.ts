/** `rotate-keys`: everything sealed is sealed anew with the newest key. */
import { resealAll } from '../../store/sealed-columns.ts'
import { OK, type Command } from '../command.ts'
import { openInstallation } from '../installation.ts'

export const rotateKeys: Command = {
  name: 'rotate-keys',
  summary: 'seal all secrets anew with the newest key',
  help: `1. Make a key: openssl rand -base64 32
2. Start the servers with it as LOCKSTITCH_SECRET_KEY and the old one in LOCKSTITCH_PREVIOUS_SECRET_KEYS.
3. Run this command with the same two variables. It may be repeated, and servers may run meanwhile.
4. Start the servers without LOCKSTITCH_PREVIOUS_SECRET_KEYS.`,
  options: {},
  async run(_options, io) {
    await using installation = await openInstallation(io)
    const { resealed, checked } = await resealAll(installation.connection, await installation.sealer())
    await io.out(
      `${String(resealed)} of ${String(checked)} sealed secrets were sealed anew; the others had the newest key.`,
    )
    return OK
  },
}
