package io.robusttrain.storage;

import org.junit.jupiter.api.Tag;

/** On the local disk, with commit files. */
@Tag("slow")
class LocalCommitFileContractTest extends LocalStoreContractTest {
  @Override
  public CommitProtocol protocol() {
    return CommitProtocol.FILE;
  }
}
