import { defineConfig, globalIgnores } from 'eslint/config'
import reactHooks from 'eslint-plugin-react-hooks'
import tseslint from 'typescript-eslint'

// Time, chance and identity come in as arguments (a Clock, an id source), so that a workspace can freeze its clock and a
// test can repeat a run. Only the entry points hold the real ones.
const CLOCK = 'Take the time from the Clock that is passed in.'
const CHANCE = 'Take ids and randomness from the source that is passed in.'
const noAmbientSources = [
  { selector: "CallExpression[callee.object.name='Date'][callee.property.name='now']", message: CLOCK },
  { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: CLOCK },
  { selector: "CallExpression[callee.name='Date']", message: CLOCK },
  { selector: "CallExpression[callee.object.name='Math'][callee.property.name='random']", message: CHANCE },
  { selector: "CallExpression[callee.property.name='randomUUID']", message: CHANCE },
  { selector: "CallExpression[callee.name='randomUUID']", message: CHANCE },
]

export default defineConfig(
  globalIgnores(['**/node_modules/', 'dist/', 'data/', 'contract/generated/', 'coverage/', 'test-artifacts/']),
  tseslint.configs.base,
  {
    rules: { eqeqeq: ['error', 'always', { null: 'ignore' }], 'no-var': 'error', 'prefer-const': 'error' },
  },
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      // Drivers and repositories fulfil async interfaces, with and without something to wait for.
      '@typescript-eslint/require-await': 'off',
    },
  },
  {
    // Answers come off the wire untyped, and vitest's own matchers are typed as any.
    files: ['test/**/*.ts', '**/*.test.ts'],
    rules: {
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
    },
  },
  {
    // A browser's clock is its own: what it shows comes from the server.
    files: ['src/**/*.ts'],
    ignores: [
      '**/*.test.ts',
      'src/main.ts',
      'src/system-clock.ts',
      'src/config*',
      'src/config/**',
      'src/demo/**',
      'src/console/**',
      'src/instant-key/clock.ts',
    ],
    rules: { 'no-restricted-syntax': ['error', ...noAmbientSources] },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['**/*.test.ts', 'src/main.ts', 'src/cli.ts', 'src/cli/**', 'src/demo/**'],
    rules: { 'no-console': 'error' },
  },
  {
    files: ['src/console/**/*.{ts,tsx}'],
    extends: [reactHooks.configs.flat.recommended],
    // TanStack Virtual is made for components that are not memoised by a compiler; we run none.
    rules: { 'react-hooks/incompatible-library': 'off' },
  },
)
