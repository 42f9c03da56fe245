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

/** The tables. CloudFormation generates their names, so that a table can be replaced. */
export class DataStack extends Stack {
  constructor(scope: Construct, id: string, props: DataStackProps) {
    super(scope, id, props);
    const { disposable } = props.environment;

    for (const [name, shape] of Object.entries(props.tables)) {
      const table = new Table(this, name, {
        partitionKey: attribute(shape.partitionKey),
        sortKey: shape.sortKey ? attribute(shape.sortKey) : undefined,
        timeToLiveAttribute: shape.timeToLive ?? undefined,
        billingMode: BillingMode.PAY_PER_REQUEST,
        encryption: TableEncryption.AWS_MANAGED,
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
      props.names.publish(this, `table/${name}`, table.tableName);
    }
  }
}

function attribute(key: Key): Attribute {
  const types = { S: AttributeType.STRING, N: AttributeType.NUMBER, B: AttributeType.BINARY };
  return { name: key.name, type: types[key.type] };
}
