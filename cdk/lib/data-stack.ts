import { RemovalPolicy, Stack, type StackProps } from "aws-cdk-lib";
import { AttributeType, BillingMode, Table, TableEncryption, type Attribute } from "aws-cdk-lib/aws-dynamodb";
import type { Construct } from "constructs";
import type { Environment } from "./environment";
import type { Names } from "./names";
import type { Key, Workspace } from "./workspace";

export interface DataStackProps extends StackProps {
  environment: Environment;
  names: Names;
  tables: Workspace["tables"];
}

/**
 * The tables. A change of its keys would replace a table by an empty one. CloudFormation refuses this for a table with
 * a name, until the environment gives the table another generation and so another name.
 */
export class DataStack extends Stack {
  constructor(scope: Construct, id: string, props: DataStackProps) {
    super(scope, id, props);
    const { environment, names } = props;
    const { disposable } = environment;

    for (const [name, shape] of Object.entries(props.tables)) {
      // For scripts: the stacks know the name.
      names.publish(this, `table/${name}`, names.table(name));
      if (environment.tables[name]?.name) continue;
      const table = new Table(this, name, {
        tableName: names.table(name),
        partitionKey: attribute(shape.partitionKey),
        sortKey: shape.sortKey ? attribute(shape.sortKey) : undefined,
        timeToLiveAttribute: shape.timeToLive ?? undefined,
        billingMode: BillingMode.PAY_PER_REQUEST,
        // A key that DynamoDB owns is free. The AWS managed key costs a KMS request for each new connection of a
        // function, and its policy cannot be changed.
        encryption: TableEncryption.DEFAULT,
        pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
        deletionProtection: !disposable,
        removalPolicy: disposable ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN,
      });
      for (const [indexName, index] of Object.entries(shape.indexes)) {
        table.addGlobalSecondaryIndex({
          indexName,
          partitionKey: attribute(index.partitionKey),
          sortKey: index.sortKey ? attribute(index.sortKey) : undefined,
        });
      }
    }
  }
}

function attribute(key: Key): Attribute {
  const types = { S: AttributeType.STRING, N: AttributeType.NUMBER, B: AttributeType.BINARY };
  return { name: key.name, type: types[key.type] };
}
