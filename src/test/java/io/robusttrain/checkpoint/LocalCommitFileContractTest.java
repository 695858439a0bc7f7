package io.robusttrain.checkpoint;

import org.junit.jupiter.api.Tag;

/** On the local disk, with commit files. */
@Tag("slow")
class LocalCommitFileContractTest extends LocalStoreContractTest {
  @Override
  CommitProtocol protocol() {
    return CommitProtocol.FILE;
  }
}
