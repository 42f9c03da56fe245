import { AssetHashType, DockerImage, Stack } from "aws-cdk-lib";
import { Code, type CodeConfig } from "aws-cdk-lib/aws-lambda";
import type { Construct } from "constructs";

/**
 * Returns the code of a function whose binary is built only when its stack is deployed. The asset's hash is that of the
 * binary, so an unchanged function is not deployed again.
 */
export function built(folder: string, build: (outputFolder: string) => void): Code {
  return Code.fromAsset(folder, {
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      image: DockerImage.fromRegistry("never-used"),
      local: {
        tryBundle(outputFolder) {
          build(outputFolder);
          return true;
        },
      },
    },
  });
}

/** The code of a function whose binary has not been built. Publishing it fails, before anything is deployed. */
export class Unbuilt extends Code {
  readonly isInline = false;

  constructor(private readonly functionName: string) {
    super();
  }

  override bind(scope: Construct): CodeConfig {
    const message = `${this.functionName} is not built, because this assembly was only synthesized. Deploy without --app.`;
    const { bucketName, objectKey } = Stack.of(scope).synthesizer.addFileAsset({
      executable: ["node", "-e", `console.error(${JSON.stringify(message)}); process.exit(1)`],
      sourceHash: `unbuilt-${this.functionName}`,
    });
    return { s3Location: { bucketName, objectKey } };
  }
}
