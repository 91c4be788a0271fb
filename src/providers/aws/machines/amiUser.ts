/**
 * Who signs in to a machine made from an image, by the image's name and description: its maker decides
 * (https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/managing-users.html). Most are `ec2-user`.
 */
export function amiUser(image: string): string {
  return users.find(([words]) => words.test(image))?.[1] ?? 'ec2-user';
}

/** The first that fits counts: an image for Ubuntu may name others too. */
const users: readonly (readonly [words: RegExp, user: string])[] = [
  [/bitnami/i, 'bitnami'],
  [/ubuntu/i, 'ubuntu'],
  [/debian/i, 'admin'],
  [/fedora/i, 'fedora'],
  [/rocky/i, 'rocky'],
  [/centos/i, 'centos'],
];
