"""What deployment files say as a whole: what each starts, which queues its workers read, and what an image has."""
